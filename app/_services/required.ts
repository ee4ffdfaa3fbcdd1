/** A variable that the launcher sets. @throws Error that names it when it is missing. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. This process is started by the launcher: npm run demo.`);
  return value;
}
