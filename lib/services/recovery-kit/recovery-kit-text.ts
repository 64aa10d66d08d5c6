interface KitFields {
  readonly serverId: string;
  readonly serverKeyGroups: readonly string[];
  readonly ageIdentity: string;
  readonly ageRecipient: string;
}

const GROUPS_A_LINE = 8;

/**
 * The kit as a text file. Every line but one is a comment to age, so the file is an identity file too
 * (`age -d -i`).
 */
export function kitText(kit: KitFields): string {
  const groups = kit.serverKeyGroups;
  const comment = (line: string) => (line === '' ? '#' : `# ${line}`);
  const above = [
    'FIBERKEEP RECOVERY KIT',
    '',
    'Whoever has this kit can read every backup of the server. Print it or save it where',
    'the server is not, and where only people whom you trust can get at it.',
    '',
    `Server id:   ${kit.serverId}`,
    '',
    'Server key:  FIBERKEEP-KEY1',
    `             ${groups.slice(0, GROUPS_A_LINE).join(' ')}`,
    `             ${groups.slice(GROUPS_A_LINE).join(' ')}`,
    '',
    'The same in one piece, to copy:',
    `    FIBERKEEP-KEY1${groups.join('')}`,
    '',
    'To make an empty machine this server again, from a destination, a folder or an archive:',
    '    npm run fiberkeep -- recover --kit recovery.txt --from PLACE',
    'docs/recovery.md of Fiberkeep goes through it step by step.',
    '',
    'To open an archive without any server, keep this file as recovery.txt and use the program age',
    '(https://age-encryption.org):',
    '    age -d -i recovery.txt NAME.tar.gz.doz | tar xz',
    'FORMAT.md of Fiberkeep says what is in it. This line is the identity that age reads:',
  ];
  const below = [`public key: ${kit.ageRecipient}`];
  return [...above.map(comment), kit.ageIdentity, ...below.map(comment), ''].join('\n');
}
