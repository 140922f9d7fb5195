"""What people read: failure texts, explanations, pages."""
