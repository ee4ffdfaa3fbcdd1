/** Real servers from Debian's packages, unpacked into a folder of the checkout without being installed. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../../.spillway/debian/", import.meta.url));
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The folders in which packages put their libraries, private ones of systemd included. */
const LIBRARIES = ["lib", "usr/lib"].flatMap((folder) =>
  ["", "/x86_64-linux-gnu", "/aarch64-linux-gnu", "/x86_64-linux-gnu/systemd", "/aarch64-linux-gnu/systemd"].map(
    (below) => folder + below,
  ),
);

/** What to unpack for a program. */
export interface DebianPackage {
  /** The package, whose dependencies come along. */
  readonly name: string;
  /** The release of Debian that has it: `bookworm`, `trixie`, `sid`. */
  readonly suite: string;
}

/** A program that can be run. */
export interface Program {
  /** What to start. */
  readonly command: string;
  /** What its own arguments follow. */
  readonly args: readonly string[];
  /** What its files lie under: `/`, or where they were unpacked. */
  readonly root: string;
}

/** The program of the system, where it is installed. */
export function installedProgram(name: string): Program | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  const command = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  return command === undefined ? undefined : { command, args: [], root: "/" };
}

/**
 * The program of a package that is unpacked, which is fetched first if need be. It runs on the libraries that came with
 * it, by their own loader, so that the release of the machine does not matter.
 *
 * @throws an error whose message says why the package cannot be had on this machine.
 */
export function unpackedProgram(name: string, { name: packageName, suite }: DebianPackage): Program {
  const root = join(CACHE, `${packageName}-${suite}`);
  if (!existsSync(root)) fetch(packageName, suite, root);
  const file = ["usr/bin", "usr/sbin", "bin", "sbin"]
    .map((folder) => join(root, folder, name))
    .find((path) => existsSync(path));
  const loader = ["lib64", "usr/lib64", "lib", "usr/lib"]
    .map((folder) => join(root, folder))
    .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((one) => join(folder, one)) : []))
    .find((path) => /\/ld-linux[^/]*\.so\.\d$/.test(path));
  if (file === undefined || loader === undefined) throw new Error(`Debian's ${packageName} holds no ${name}.`);
  const libraries = LIBRARIES.map((folder) => join(root, folder)).filter((folder) => existsSync(folder));
  return { command: loader, args: ["--library-path", libraries.join(":"), file], root };
}

/** The system's program, else that of a package. */
export function anyProgram(name: string, from: DebianPackage): Program {
  return installedProgram(name) ?? unpackedProgram(name, from);
}

/** Downloads a package with all that it depends on, by a list of packages of its own, and unpacks it. */
function fetch(name: string, suite: string, root: string): void {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(`${root}-`);
  try {
    for (const path of ["state/lists/partial", "cache/archives/partial"])
      mkdirSync(join(folder, path), { recursive: true });
    const signed = existsSync(KEYRING) ? `signed-by=${KEYRING}` : "trusted=yes";
    writeFileSync(join(folder, "sources.list"), `deb [${signed}] http://deb.debian.org/debian ${suite} main\n`);
    writeFileSync(join(folder, "status"), "");
    const settings = {
      "Dir::State": join(folder, "state"),
      "Dir::State::status": join(folder, "status"),
      "Dir::Cache": join(folder, "cache"),
      "Dir::Etc::sourcelist": join(folder, "sources.list"),
      "Dir::Etc::sourceparts": "/dev/null",
      "APT::Install-Recommends": "false",
      "APT::Sandbox::User": "",
      "Debug::NoLocking": "true",
    };
    const options = Object.entries(settings).flatMap(([option, value]) => ["-o", `${option}=${value}`]);
    const run = (...words: string[]) => execFileSync("apt-get", ["-qq", ...options, ...words], { stdio: "pipe" });
    run("update");
    run("--yes", "--download-only", "install", name);
    const archives = join(folder, "cache/archives");
    const unpacked = join(folder, "root");
    for (const file of readdirSync(archives).filter((one) => one.endsWith(".deb"))) {
      execFileSync("dpkg", ["-x", join(archives, file), unpacked]);
    }
    // Moved when whole: another run may be doing the same, and its copy is as good.
    if (!existsSync(root)) renameSync(unpacked, root);
  } catch (error) {
    const reason = String(error).split("\n")[0];
    throw new Error(`${name} is not installed, and Debian's (${suite}) could not be had: ${reason}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
