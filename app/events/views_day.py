"""The pages of an event's day, by part: badges, the door on a phone, seats held, respect, tasks, the close."""

from app.events import views_badges, views_close, views_holds, views_phone, views_respect, views_tasks

__all__ = ["views_badges", "views_close", "views_holds", "views_phone", "views_respect", "views_tasks"]
