"""What only a served simulator needs: many accounts, real time, a journal, webhooks, faults and a page."""
