from . import portal
from . import portal_arrival
from . import portal_claim
from . import portal_data
from . import portal_invoice
from . import portal_pre_approval
from . import portal_request
from . import portal_thread
