import { registry } from "@web/core/registry";
import { FormArchParser } from "@web/views/form/form_arch_parser";
import { formView } from "@web/views/form/form_view";

/** The creations of a visit are forms on its form, where Odoo knows lists and cards alone. */
class CareVisitArchParser extends FormArchParser {
    parse(...args) {
        const archInfo = super.parse(...args);
        for (const fieldInfo of Object.values(archInfo.fieldNodes)) {
            if (fieldInfo.widget === "care_visit") {
                fieldInfo.viewMode = "form";
            }
        }
        return archInfo;
    }
}

registry.category("views").add("care_visit_form", { ...formView, ArchParser: CareVisitArchParser });
