"""Pure billing rules: functions of values, with no world, no wire and no clock."""
