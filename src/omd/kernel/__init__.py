"""The words every feature shares: stay dates, money, ids, clock, actor, errors. Nothing here awaits."""
