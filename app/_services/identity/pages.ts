import { people } from "./people.js";

const style = `
:root { color-scheme: light dark; --ground: #f3f6f7; --card: #fff; --ink: #10212b; --quiet: #51646f; --line: #d5dfe4; --accent: #0b6e8f; --accent-ink: #fff; }
@media (prefers-color-scheme: dark) { :root { --ground: #0c1519; --card: #142128; --ink: #e6eff3; --quiet: #9db1bb; --line: #2a3b44; --accent: #5cc4e6; --accent-ink: #06222d; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground); color: var(--ink); font: 1.0625rem/1.55 ui-sans-serif, system-ui, sans-serif; }
main { width: min(100%, 26rem); padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem; }
.from { margin: 0 0 .5rem; color: var(--quiet); font-size: .875rem; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
p { margin: 0 0 1.5rem; color: var(--quiet); }
form, .choices { display: grid; gap: .75rem; }
form + form { margin-top: 1.25rem; }
button { font: inherit; color: inherit; text-align: start; padding: .875rem 1rem; background: transparent; border: 1px solid var(--line); border-radius: .75rem; cursor: pointer; }
button:hover { border-color: var(--accent); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button strong, button span { display: block; }
button span { color: var(--quiet); font-size: .9375rem; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); font-weight: 600; text-align: center; }
button.plain { text-align: center; color: var(--quiet); }
dl { margin: 0; font-size: .9375rem; } dt { color: var(--quiet); } dd { margin: 0 0 .75rem; overflow-wrap: anywhere; }
`;

/** Who is signing in: one button a person, so that it works by keyboard and without JavaScript. */
export function signInPage(action: string, client: string): string {
  const choices = people.map(
    ({ id, name, known }) =>
      `<button name="person" value="${id}"><strong>${html(name)}</strong><span>${html(known)}</span></button>`,
  );
  return page(
    "Who is signing in?",
    `<p>${html(client)} asks for a name and an address. Nobody here has a password; this provider serves only your own machine.</p>
     <form method="post" action="${html(action)}">${choices.join("")}</form>
     <form method="post" action="${html(action)}"><button class="plain" name="cancel" value="yes">Not now</button></form>`,
  );
}

/** Asked after the application has signed the person out: the provider too? `form` is oidc-provider's own. */
export function signOutPage(form: string): string {
  return page(
    "Sign out here as well?",
    `<p>The application has let you go. Stay signed in here, and the next sign-in takes no choice.</p>${form}
     <div class="choices">
       <button class="main" form="op.logoutForm" name="logout" value="yes">Sign out</button>
       <button class="plain" form="op.logoutForm">Stay signed in here</button>
     </div>`,
  );
}

/** The end of a sign-out that had nowhere to return to. */
export function signedOutPage(): string {
  return page("You are signed out", "<p>You can close this page.</p>");
}

/** A request that the provider refused, in the words of the protocol. */
export function errorPage(fields: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(fields).map(([name, value]) => `<dt>${html(name)}</dt><dd>${html(String(value))}</dd>`);
  return page("That did not work", `<p>Go back to the application and try once more.</p><dl>${rows.join("")}</dl>`);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${title} · Demo identity</title>
<style>${style}</style>
</head>
<body><main><p class="from">Demo identity provider</p><h1>${title}</h1>${body}</main></body>
</html>`;
}

function html(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
