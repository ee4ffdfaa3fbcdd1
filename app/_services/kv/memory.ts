import { commands } from "./commands.js";
import { Keyspace } from "./keyspace.js";
import { Scripts } from "./lua.js";
import { type Bytes, type Engine, type Reply, ReplyError } from "./reply.js";

/** An engine that forgets with the process. Every command answers within one turn, so each is atomic, scripts included. */
export function memoryEngine(): Engine {
  const space = new Keyspace();
  const scripts = new Scripts(perform);

  function perform([name = "", ...args]: readonly Bytes[]): Reply {
    const command = commands.get(name.toUpperCase());
    if (!command) throw new ReplyError(`ERR unknown command '${name}'`);
    if (args.length < command.least) {
      throw new ReplyError(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
    }
    return command.run(space, ...args);
  }

  function evaluate([source = "", count, ...rest]: readonly Bytes[]): Reply {
    const keys = Number(count);
    if (!Number.isInteger(keys) || keys < 0) throw new ReplyError("ERR value is not an integer or out of range");
    if (keys > rest.length) throw new ReplyError("ERR Number of keys can't be greater than number of args");
    return scripts.evaluate(source, rest.slice(0, keys), rest.slice(keys));
  }

  const run = (command: readonly Bytes[]) =>
    command[0]?.toUpperCase() === "EVAL" ? evaluate(command.slice(1)) : perform(command);

  return {
    run: async (command) => run(command),
    transaction: async (list) =>
      list.map((command) => {
        try {
          return run(command);
        } catch (error) {
          if (error instanceof ReplyError) return error;
          throw error;
        }
      }),
    close: async () => space.clear(),
  };
}
