"""Notifications: who hears of model versions, failures and approvals, and how reliably."""

from components.notifications.component import Notifications, NotificationsArgs

__all__ = ["Notifications", "NotificationsArgs"]
