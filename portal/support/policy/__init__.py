"""The rules of Partner Support: pure functions over events, hours, licenses and mails."""
