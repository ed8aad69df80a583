import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { setElementContent } from "@web/core/utils/html";
import { Interaction } from "@web/public/interaction";
import { markup } from "@odoo/owl";

/**
 * Lets the total follow the optional services that the client marks. The server prices each
 * choice; nothing is computed here.
 */
export class CareEstimate extends Interaction {
    static selector = ".o_care_estimate";
    dynamicContent = {
        ".o_care_option": { "t-on-change": this.refresh },
        _root: { "t-on-care-refresh": this.refresh },
    };

    setup() {
        this.round = 0;
    }

    async refresh() {
        const round = ++this.round;
        const taken = this.el.querySelectorAll(".o_care_option:checked");
        const answer = await this.waitFor(
            rpc(`${this.el.dataset.url}/total`, {
                access_token: this.el.dataset.token || null,
                accepted_line_ids: [...taken].map((option) => parseInt(option.value)),
            })
        );
        if (round !== this.round) {
            // The client has changed the choice since: a later answer says what holds.
            return;
        }
        const problem = this.el.querySelector(".o_care_problem");
        problem.classList.toggle("d-none", !answer.error);
        problem.textContent = answer.error || "";
        if (answer.error) {
            return;
        }
        this.el.dataset.total = answer.total;
        // The server renders and escapes the totals.
        setElementContent(this.el.querySelector(".o_care_totals_place"), markup(answer.html));
        for (const [id, line] of Object.entries(answer.lines)) {
            this.updateLine(this.el.querySelector(`[data-line="${id}"]`), line);
        }
    }

    updateLine(element, line) {
        if (!element) {
            return;
        }
        const price = element.querySelector(".o_care_line_price");
        price.textContent = line.price;
        price.classList.toggle("o_care_free", line.is_free);
        price.classList.toggle("o_care_amount", !line.is_free);
        element.querySelector(".o_care_explanation").textContent = line.explanation;
    }
}

registry.category("public.interactions").add("cartier_care.estimate", CareEstimate);
