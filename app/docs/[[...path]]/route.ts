import { docsFile } from "../../_services/docs-files";
import { docsPolicy } from "../../_services/docs-policy";

const NOT_BUILT = "There is no such page. If the demo has just started, the documentation may still be being built.";

/** The documentation, static: it looks at no session, so any cache may keep it. */
export async function GET(_: Request, { params }: { params: Promise<{ path?: string[] }> }): Promise<Response> {
  const { path = [] } = await params;
  const file = await docsFile(path.join("/"));
  if (!file) return new Response(NOT_BUILT, { status: 404, headers: { "Cache-Control": "no-store" } });
  const immutable = path[0] === "assets";
  const isPage = file.type === "text/html";
  return new Response(file.body, {
    headers: {
      "Content-Type": file.type.startsWith("text/") ? `${file.type}; charset=utf-8` : file.type,
      "Cache-Control": immutable ? "public, max-age=31536000, immutable" : "public, max-age=60",
      ...(isPage && { "Content-Security-Policy": docsPolicy(new TextDecoder().decode(file.body)) }),
    },
  });
}
