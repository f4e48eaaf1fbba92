"""What an organization decides about its mail: attachments, senders, forwarding, retention, and for whom."""
