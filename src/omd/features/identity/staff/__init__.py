"""Who works where: memberships, invitations, consents of hotels, and new destinations."""
