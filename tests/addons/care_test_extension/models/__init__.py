from . import care_service
