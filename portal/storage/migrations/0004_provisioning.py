"""What a mail server reads: views whose names and columns are promised in docs/operating.md, the same on both engines.

Only addresses in domains that their organization has proved are there. A later migration that changes a table below
drops the views first and creates them again.
"""

# Every mailbox with the row number of the policy that counts for it: not promised, the others stand on it.
_EFFECTIVE = """
CREATE VIEW mail_effective AS
SELECT a.text AS address, u.id AS user_row, COALESCE(
  (SELECT s.policy_id FROM mail_policy_assignment s WHERE s.user_id = u.id),
  (SELECT p.id FROM directory_group_member g
     JOIN mail_policy_assignment s ON s.group_id = g.group_id
     JOIN mail_policy p ON p.id = s.policy_id
   WHERE g.user_id = u.id ORDER BY p.position, p.id LIMIT 1),
  (SELECT p.id FROM mail_policy p WHERE p.organization_id = u.organization_id AND p.is_default)
) AS policy_row
FROM directory_address a
JOIN directory_user u ON u.id = a.user_id
JOIN domain d ON d.organization_id = a.organization_id AND d.name = a.domain AND d.verified_at IS NOT NULL
WHERE a.kind = 'user'
"""

VIEWS = (
    """
CREATE VIEW mail_domains AS
SELECT d.name AS domain, o.public_id AS organization
FROM domain d JOIN organization o ON o.id = d.organization_id
WHERE d.verified_at IS NOT NULL
""",
    """
CREATE VIEW mail_settings AS
SELECT d.name AS domain, o.contacts_sync, o.tfa_required AS second_factor_required
FROM domain d JOIN organization o ON o.id = d.organization_id
WHERE d.verified_at IS NOT NULL
""",
    """
CREATE VIEW mail_mailboxes AS
SELECT a.text AS address, u.public_id AS user_id, o.public_id AS organization, a.domain, u.state = 'active' AS active
FROM directory_address a
JOIN directory_user u ON u.id = a.user_id
JOIN organization o ON o.id = a.organization_id
JOIN domain d ON d.organization_id = a.organization_id AND d.name = a.domain AND d.verified_at IS NOT NULL
WHERE a.kind = 'user'
""",
    """
CREATE VIEW mail_aliases AS
SELECT a.text AS address, m.text AS destination
FROM directory_address a
JOIN domain d ON d.organization_id = a.organization_id AND d.name = a.domain AND d.verified_at IS NOT NULL
JOIN directory_address m ON m.user_id = a.user_id AND m.kind = 'user'
JOIN domain e ON e.organization_id = m.organization_id AND e.name = m.domain AND e.verified_at IS NOT NULL
WHERE a.kind IN ('alias', 'catch-all')
""",
    """
CREATE VIEW mail_groups AS
SELECT a.text AS address, m.text AS destination
FROM directory_address a
JOIN domain d ON d.organization_id = a.organization_id AND d.name = a.domain AND d.verified_at IS NOT NULL
JOIN directory_group_member g ON g.group_id = a.group_id
JOIN directory_user u ON u.id = g.user_id AND u.state <> 'suspended'
JOIN directory_address m ON m.user_id = u.id AND m.kind = 'user'
JOIN domain e ON e.organization_id = m.organization_id AND e.name = m.domain AND e.verified_at IS NOT NULL
WHERE a.kind = 'group'
""",
    """
CREATE VIEW mail_passwords AS
SELECT a.text AS address, '{ARGON2ID}' || c.password_hash AS password
FROM directory_address a
JOIN directory_user u ON u.id = a.user_id AND u.state = 'active'
JOIN account c ON c.id = u.account_id AND c.password_hash IS NOT NULL AND c.verified_at IS NOT NULL
JOIN domain d ON d.organization_id = a.organization_id AND d.name = a.domain AND d.verified_at IS NOT NULL
WHERE a.kind = 'user'
""",
    _EFFECTIVE,
    """
CREATE VIEW mail_rules AS
SELECT e.address, p.attachment_mb * 1048576 AS attachment_bytes, p.forwarding, p.keep_copy, p.retention_days,
  p.public_id AS policy
FROM mail_effective e JOIN mail_policy p ON p.id = e.policy_row
""",
    """
CREATE VIEW mail_senders AS
SELECT e.address, s.pattern, s.verdict
FROM mail_effective e JOIN mail_policy_sender s ON s.policy_id = e.policy_row
""",
    """
CREATE VIEW mail_forwards AS
SELECT e.address, f.address AS destination
FROM mail_effective e JOIN mail_policy_forward f ON f.policy_id = e.policy_row
""",
    # A mailbox leads to itself, so that a catch-all gets only what nobody else has; except where a policy sends all
    # of its mail on and keeps no copy. UNION ALL: SQLite would compute a UNION whole before it looks for one address.
    """
CREATE VIEW mail_routes AS
SELECT e.address, e.address AS destination FROM mail_effective e
WHERE NOT EXISTS (
  SELECT 1 FROM mail_policy p JOIN mail_policy_forward f ON f.policy_id = p.id
  WHERE p.id = e.policy_row AND NOT p.keep_copy
) OR EXISTS (SELECT 1 FROM mail_policy_forward f WHERE f.policy_id = e.policy_row AND f.address = e.address)
UNION ALL SELECT address, destination FROM mail_forwards WHERE destination <> address
UNION ALL SELECT address, destination FROM mail_aliases
UNION ALL SELECT address, destination FROM mail_groups
""",
)


def up(migrator, db):
    for view in VIEWS:
        db.execute_sql(view)
