"""Rooms for a part of a day, and from when on and until when rooms are a guest's."""
