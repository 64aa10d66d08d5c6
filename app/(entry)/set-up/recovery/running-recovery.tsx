'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { problemOfFailure } from '#app/data/problem.ts';
import { useSend } from '#app/data/use-send.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { useMoment } from '#app/i18n/use-writing.ts';
import {
  type RecoveryPartsFragment,
  TryRecoveryAgainDocument,
} from '#generated/graphql/client/graphql.ts';
import { DoneStep } from './done-step.tsx';
import { NewRecovery } from './new-recovery.tsx';
import { SendFile } from './send-file.tsx';
import { StepList } from './step-list.tsx';
import type { RecoveryState } from './use-recovery.ts';

interface Props {
  token: string;
  recovery: RecoveryPartsFragment;
  state: RecoveryState;
  /** The archive that is sent from this page; null after the page was loaded again. */
  file: File | null;
  onFile: (file: File) => void;
  /** Hears of the file that is still to be sent. */
  onBegun: (recovery: RecoveryPartsFragment | null, file: File | null) => void;
}

/** A recovery that was begun: what is done, what it is at, and what to do where it stopped. */
export function RunningRecovery(props: Props) {
  const { token, recovery, state, onBegun } = props;
  const [changing, setChanging] = useState(false);
  const isPending = recovery.step === 'KEY' && !state.installing && !state.problem;
  if (recovery.step === 'DONE') return <DoneStep recovery={recovery} />;
  if (changing || isPending)
    return (
      <Anew
        reason={changing ? 'changing' : 'keyPending'}
        token={token}
        onBegun={(begun, chosen) => {
          setChanging(false);
          onBegun(begun, chosen);
        }}
      />
    );
  return <Progress {...props} onChange={() => setChanging(true)} />;
}

interface AnewProps extends Pick<Props, 'token' | 'onBegun'> {
  reason: 'changing' | 'keyPending';
}

function Anew({ reason, token, onBegun }: AnewProps) {
  const t = useTranslations('recovery');
  return (
    <div className="grid gap-5" data-wide="">
      <div className="grid gap-1">
        <h1 className="font-semibold text-2xl tracking-tight">{t('kit.text')}</h1>
        <p className="text-pretty text-ink-2 text-sm">{t(reason)}</p>
      </div>
      <NewRecovery token={token} waiting={false} onBegun={onBegun} />
    </div>
  );
}

function Progress(props: Props & { onChange: () => void }) {
  const t = useTranslations('recovery');
  const { token, recovery, state, file, onFile, onChange } = props;
  const { step, failure, upload } = recovery;
  const { problem } = state;
  return (
    <div className="grid gap-5" data-wide="">
      <div className="grid gap-1">
        <h1 className="font-semibold text-2xl tracking-tight">{t('runningTitle')}</h1>
        <p className="text-pretty text-ink-2 text-sm [overflow-wrap:anywhere]">
          <Origin recovery={recovery} />
        </p>
      </div>
      <StepList recovery={recovery} />
      {problem?.code === 'NETWORK' && step !== 'KEY' && <Status text={t('offline')} />}
      {problem && problem.code !== 'NETWORK' && <ProblemNote problem={problem} />}
      {step === 'KEY' && <Status text={t('restarting')} />}
      {step === 'UPLOAD' && upload && (
        <SendFile token={token} upload={upload} file={file} onFile={onFile} />
      )}
      {failure ? (
        <Failed token={token} recovery={recovery} state={state} onChange={onChange} />
      ) : (
        <p className="text-[13px] text-ink-3">{t('closable')}</p>
      )}
    </div>
  );
}

function Origin({ recovery }: { recovery: RecoveryPartsFragment }) {
  const t = useTranslations('recovery');
  const name = useBackupName();
  const moment = useMoment();
  const { backupName, backupGivenName, backupCreatedAt, place } = recovery;
  if (!backupCreatedAt) return place;
  return t('ofDate', {
    name: name({ name: backupName, givenName: backupGivenName }),
    date: moment(backupCreatedAt),
    place,
  });
}

function Status({ text }: { text: string }) {
  return (
    <p role="status" className="text-pretty rounded-lg bg-sunken px-4 py-3 text-ink-2 text-sm">
      {text}
    </p>
  );
}

interface FailedProps extends Pick<Props, 'token' | 'recovery' | 'state'> {
  onChange: () => void;
}

function Failed({ token, recovery, state, onChange }: FailedProps) {
  const t = useTranslations('recovery');
  const { send, sending, problem } = useSend(TryRecoveryAgainDocument);
  const { failure } = recovery;
  const tryAgain = async () => {
    const answer = await send({ token });
    if (answer) state.noteBegun(answer.tryRecoveryAgain.recovery ?? null);
  };
  return (
    <div className="grid gap-3">
      <ProblemNote problem={problem ?? (failure && problemOfFailure(failure))} />
      <p className="text-pretty text-ink-2 text-sm">{t('failedText')}</p>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" busy={sending} onClick={() => void tryAgain()}>
          {t('tryAgain')}
        </Button>
        <Button onClick={onChange}>{t('otherPlace')}</Button>
      </div>
    </div>
  );
}
