"""Notifications: who hears of model versions and failed executions, and how reliably."""

from components.notifications.component import Notifications, NotificationsArgs

__all__ = ["Notifications", "NotificationsArgs"]
