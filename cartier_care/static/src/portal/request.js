import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Shows the wishes of the services that are asked for, and the pictures that will be sent. */
export class CareRequest extends Interaction {
    static selector = ".o_care_request";
    dynamicContent = {
        ".o_care_option": { "t-on-change": this.updateContent },
        ".o_care_details": {
            "t-att-class": (details) => ({ "d-none": !this.isAsked(details) }),
        },
        "#care_photos": { "t-on-change": this.listFiles },
    };

    isAsked(details) {
        return this.el.querySelector(`#care_service_${details.dataset.service}`).checked;
    }

    listFiles(ev) {
        const list = this.el.querySelector(".o_care_files");
        list.replaceChildren(
            ...[...ev.target.files].map((file) => {
                const item = document.createElement("li");
                item.textContent = file.name;
                return item;
            })
        );
    }
}

registry.category("public.interactions").add("cartier_care.request", CareRequest);
