# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Cartier Care: Payment Test",
    "summary": "Proves a client's whole way, payment by a provider included",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "Cartier Care founders",
    "license": "LGPL-3",
    "depends": ["cartier_care", "payment_demo"],
    "assets": {
        "web.assets_tests": ["care_test_payment/static/tests/tours/**/*"],
    },
}
