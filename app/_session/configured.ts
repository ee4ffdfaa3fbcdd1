/** What the application cannot do without, and where it comes from when there is no launcher. */
const REQUIRED = {
  SESSION_SECRET: { characters: 32, remedy: "openssl rand -base64 48" },
  CRON_SECRET: { characters: 16, remedy: "openssl rand -base64 32" },
} as const;

/** Ends the process if a secret is missing or short: better no server than one whose first visitor finds out. */
export function refuseUnlessConfigured(): void {
  for (const [name, { characters, remedy }] of Object.entries(REQUIRED)) {
    if ((process.env[name] ?? "").length >= characters) continue;
    console.error(`${name} needs at least ${characters} characters (${remedy}). Or start with: npm run demo`);
    // An error would not do: Next reports it and goes on listening.
    process.exit(1);
  }
}
