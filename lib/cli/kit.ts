import type { Command } from 'commander';
import { printRecoveryKit } from '#services/recovery-kit/recovery-kit.ts';
import { addCommand, type Context } from './command.ts';

export function addKit(program: Command): void {
  addCommand(
    program,
    'kit',
    'print the recovery kit: the secrets that open every backup',
    (command) => command,
    printKit,
  );
}

async function printKit({ session, out }: Context): Promise<void> {
  const permit = await session.permit('backup.configure');
  const { kit } = await printRecoveryKit(session.server, permit);
  const { serverId, serverKey, ageIdentity, ageRecipient } = kit;
  out.answer({ serverId, serverKey, ageIdentity, ageRecipient }, kit.text.trimEnd().split('\n'));
}
