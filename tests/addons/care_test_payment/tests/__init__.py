from . import test_client_journey
