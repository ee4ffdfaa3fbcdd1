/** The people who can sign in at the embedded provider. None has a password: it serves this machine alone. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly known: string;
}

export const people: readonly Person[] = [
  { id: "ada", name: "Ada Lovelace", email: "ada@example.com", known: "wrote the first program" },
  { id: "grace", name: "Grace Hopper", email: "grace@example.com", known: "wrote the first compiler" },
  { id: "alan", name: "Alan Turing", email: "alan@example.com", known: "asked whether machines can think" },
];

/** The person with an id, if there is one. */
export function findPerson(id: string | null): Person | undefined {
  return people.find((person) => person.id === id);
}
