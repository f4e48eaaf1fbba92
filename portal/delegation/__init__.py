"""A partner's access to a customer's organization: given, limited, revoked by the customer."""
