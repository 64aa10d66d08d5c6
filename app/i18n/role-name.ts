/** A role's name as people read it: one that ships, in their language; one that was made here, as it was typed. */
export function roleName(
  names: Readonly<Record<string, string>>,
  role: { readonly name: string; readonly builtIn: boolean },
): string {
  return role.builtIn ? (names[role.name] ?? role.name) : role.name;
}
