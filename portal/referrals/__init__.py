"""The referral programme: an organization recommends the vendor to others."""
