import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/**
 * Says that files are too many or too large before they are sent: the server would refuse them as
 * well, at the end of a long upload, and forget what was typed beside the largest of them.
 */
export class CareFiles extends Interaction {
    static selector = ".o_care input[type=file][data-bytes]";
    dynamicContent = {
        _root: { "t-on-change": this.check },
    };

    check() {
        const { count, bytes } = this.el.dataset;
        const files = [...this.el.files];
        const isTooMuch =
            files.length > Number(count) || files.some((file) => file.size > Number(bytes));
        const help = document.getElementById(this.el.getAttribute("aria-describedby"));
        this.el.setCustomValidity(isTooMuch ? help.textContent.trim() : "");
        this.el.reportValidity();
    }
}

registry.category("public.interactions").add("cartier_care.files", CareFiles);
