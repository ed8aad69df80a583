# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Cartier Care: Extension Test",
    "summary": "Proves that the catalogue is extended from outside: data alone, or one method",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "Cartier Care founders",
    "license": "LGPL-3",
    "depends": ["cartier_care"],
    "data": ["data/care_service_data.xml"],
}
