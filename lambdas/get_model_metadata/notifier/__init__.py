"""What the notifier does with an event; `app.Notifier` is the way in."""
