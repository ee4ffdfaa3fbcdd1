/** What the application cannot do without, and where it comes from when there is no launcher. */
const REQUIRED = {
  SESSION_SECRET: { characters: 32, remedy: "openssl rand -base64 48" },
  CRON_SECRET: { characters: 16, remedy: "openssl rand -base64 32" },
} as const;

/**
 * Refuses to serve without secrets: better no server than one whose first visitor finds out.
 *
 * @throws Error that names the variable and the remedy.
 */
export function assertConfigured(): void {
  for (const [name, { characters, remedy }] of Object.entries(REQUIRED)) {
    if ((process.env[name] ?? "").length < characters) {
      throw new Error(`${name} needs at least ${characters} characters (${remedy}), or start with npm run demo.`);
    }
  }
}
