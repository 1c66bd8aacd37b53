// What no page may do: write an error to the console, throw, break its content security policy, or open a dialog.
import type { BrowserContext, Page } from "@playwright/test";

const VIOLATION = "Content security policy violated: ";

export class Watch {
  readonly seen: string[] = [];
  readonly violations: string[] = [];
  private readonly allowed: RegExp[] = [
    // Playwright's own script, kept out of the frame that runs none.
    /^error: Blocked script execution in '[^']*\/footer\/preview'/,
    // Of a machine that builds something else meanwhile, or of a page without JavaScript.
    /was preloaded using link preload but not used within a few seconds/,
  ];

  /** A test that provokes an error of the server lets the browser report it. */
  allow(...lines: RegExp[]): void {
    this.allowed.push(...lines);
  }

  async over(context: BrowserContext): Promise<void> {
    context.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.note(`${message.type()}: ${message.text()} (${message.page()?.url()})`);
      }
    });
    context.on("weberror", (error) => this.note(`thrown: ${error.error().message}`));
    await context.addInitScript((words) => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`${words}${event.violatedDirective} by ${event.blockedURI || event.sourceFile}`);
      });
    }, VIOLATION);
  }

  /** Notes each dialog of the page: a script that came with data would open one. */
  dialogsOf(page: Page): void {
    page.on("dialog", (dialog) => {
      this.note(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  private note(line: string): void {
    if (line.includes(VIOLATION)) {
      this.violations.push(line);
    }
    if (!this.allowed.some((allowed) => allowed.test(line))) {
      this.seen.push(line);
    }
  }
}

/** The browser's own line about an answer with this status. */
export const status = (...codes: number[]) => codes.map((code) => new RegExp(`responded with a status of ${code}`));
