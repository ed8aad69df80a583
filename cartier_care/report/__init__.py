from . import care_report
