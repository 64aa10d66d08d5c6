/** The displayed name of a role: translated if built in, as typed otherwise. */
export function roleName(
  names: Readonly<Record<string, string>>,
  role: { readonly name: string; readonly builtIn: boolean },
): string {
  return role.builtIn ? (names[role.name] ?? role.name) : role.name;
}
