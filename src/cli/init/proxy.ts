/** The proxy (before Next 16, the middleware): slides the expiry of sessions. One that is there becomes its handler. */

import { posix } from "node:path";
import { FIRST_WITH_PROXY, type Project } from "../project/project.js";
import { created, sessionFolder } from "./modules.js";
import type { Part } from "./plan.js";
import { importLine, importPath } from "./source-text.js";

const MATCHER = `export const config = { matcher: ["/((?!_next/static|_next/image|favicon.ico).*)"] };
`;

/** Writes the proxy, or has the one that is there run within it. */
export function withSession(project: Project): Part {
  const name = project.next.major >= FIRST_WITH_PROXY ? "proxy" : "middleware";
  if (!project.proxy) {
    const path = posix.join(project.source, name);
    return created(
      project,
      path,
      `${importsOf(project, path)}
/** Slides the expiry of sessions. A handler of your own may come second; it gets the request and what the cookie claims. */
export const ${name} = createSessionMiddleware(sessionOptions);

${MATCHER}`,
    );
  }
  const { path, text } = project.proxy;
  if (/\bcreateSessionMiddleware\b/.test(text)) return {};
  const after = wrapped(project, path, text, /middleware\.\w+$/.test(path) ? "middleware" : "proxy");
  if (after !== undefined) return { changes: [{ path, before: text, after }] };
  return {
    notes: [
      `${path} has a form that is not changed by machine. Make what it exports the handler of the session's: export const ${name} = createSessionMiddleware(sessionOptions, (request, claims, event) => yours(request, event)). Sessions work without it, but reading alone then does not slide their expiry.`,
    ],
  };
}

function importsOf(project: Project, path: string): string {
  const options = importPath(path, posix.join(sessionFolder(project), "options"));
  return (
    importLine("{ createSessionMiddleware }", "spillway/next/middleware") + importLine("{ sessionOptions }", options)
  );
}

/**
 * The forms in which an application's own proxy is exported, each with what is left of it when its export is taken away.
 * `OWN` is the name that it has from then on.
 */
const OWN = "appProxy";
const FORMS: readonly { readonly form: RegExp; readonly becomes: string; readonly typed: boolean }[] = [
  {
    form: /^export (default )?(async )?function (proxy|middleware)?\b(?=\s*\()/m,
    becomes: `$2function ${OWN}`,
    typed: true,
  },
  { form: /^export const (proxy|middleware)\b/m, becomes: `const ${OWN}`, typed: false },
  {
    form: /^export \{ *(\w+)(?: as (?:proxy|middleware|default))? *\} from (["'][^"']+["']);?$/m,
    becomes: `import { $1 as ${OWN} } from $2;`,
    typed: false,
  },
  { form: /^export default (?!function|class|async function)/m, becomes: `const ${OWN} = `, typed: false },
];

function wrapped(project: Project, path: string, text: string, name: string): string | undefined {
  const found = FORMS.find(({ form }) => form.test(text));
  // A second export of the same would stay behind, and shadow the wrapped one.
  if (!found || [...text.matchAll(/^export (?!const config\b|const runtime\b|type\b|interface\b)/gm)].length > 1)
    return undefined;
  const types = project.typescript;
  const cast = found.typed ? "" : " as unknown as NextMiddleware";
  const own = types ? `const handle: NextMiddleware = ${OWN}${cast};\n` : "";
  const imports = `${types ? importLine("type { NextMiddleware }", "next/server") : ""}${importsOf(project, path)}`;
  return `${imports}${text.replace(found.form, found.becomes).trimEnd()}

${own}/** Slides the expiry of sessions, and answers with what the application's own ${name} answers. */
export const ${name} = createSessionMiddleware(sessionOptions, (request, _claims, event) => ${types ? "handle" : OWN}(request, event));
`;
}
