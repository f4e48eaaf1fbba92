"""Labels of the programme that help quotes before, or apart from, the pages that carry them.

An article names a button by its message, and a test refuses a message that is in no catalog. The vendor's own help
center and the parts of the portal still to come have no template here to bring theirs: they stand in this list.
"""

from portal.core.words import N_

# The in-app help center and the general one: pages of the vendor's, quoted in the tickets' article.
HELP_CENTER = (
    N_("Add ticket"),
    N_("Customer's primary e-mail address"),
    N_("Description"),
    N_("Help center"),
    N_("My area"),
    N_("Priority customer: large user account"),
    N_("Requests"),
    N_("Service name"),
    N_("Service organization ID"),
    N_("Subject"),
    N_("Submit a ticket"),
)
# The commercial side of the Partner Store.
STORE = (
    N_("Change card"),
    N_("Payment reports"),
    N_("Update"),
    N_("Using a customer's card?"),
)
# What a customer's super administrator does about the partner's access.
ORGANIZATION = (
    N_("Revoke access"),
    N_("Your partner"),
)
