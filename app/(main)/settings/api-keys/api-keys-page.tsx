'use client';

import { KeyRound, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { EmptyState } from '#app/components/ui/empty-state.tsx';
import { ListFooter } from '#app/components/ui/list-footer.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import {
  type ApiKeyPartsFragment,
  ApiKeysDocument,
  type NewApiKeyPartsFragment,
} from '#generated/graphql/client/graphql.ts';
import { SettingsTabs } from '../settings-tabs.tsx';
import { ApiKeyTable } from './api-key-table.tsx';
import { CreateKeyDialog } from './create-key-dialog.tsx';
import { NewKeyDialog } from './new-key-dialog.tsx';
import { RevokeKeyDialog } from './revoke-key-dialog.tsx';

type Task =
  | { kind: 'create' }
  | { kind: 'created'; made: NewApiKeyPartsFragment }
  | { kind: 'revoke'; apiKey: ApiKeyPartsFragment };

/** The API keys for scripts: their owners, permissions and last use. */
export function ApiKeysPage() {
  const t = useTranslations('apiKeys');
  const [task, setTask] = useState<Task | null>(null);
  const list = useConnection(ApiKeysDocument, {}, (data) => data.apiKeys);
  const close = () => setTask(null);
  const none = list.phase === 'ready' && list.nodes.length === 0 && !list.problem;
  const create = (
    <Button
      look="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => setTask({ kind: 'create' })}
    >
      {t('create')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('title')} description={t('description')}>
        {!none && create}
      </PageHeader>
      <SettingsTabs />
      <div className="grid grid-cols-1 gap-4">
        <ProblemNote problem={list.problem} />
        {none ? (
          <NoKeys action={create} />
        ) : (
          <div>
            <ApiKeyTable
              keys={list.nodes}
              loading={list.phase === 'loading'}
              onRevoke={(apiKey) => setTask({ kind: 'revoke', apiKey })}
            />
            <ListFooter list={list} />
          </div>
        )}
      </div>
      {task?.kind === 'create' && (
        <CreateKeyDialog
          onClose={close}
          onCreated={(made) => {
            list.refetch();
            setTask({ kind: 'created', made });
          }}
        />
      )}
      {task?.kind === 'created' && <NewKeyDialog made={task.made} onClose={close} />}
      {task?.kind === 'revoke' && (
        <RevokeKeyDialog apiKey={task.apiKey} onClose={close} onRevoked={list.refetch} />
      )}
    </>
  );
}

function NoKeys({ action }: { action: ReactNode }) {
  const t = useTranslations('apiKeys');
  return (
    <div className="rounded-xl bg-surface shadow-raised ring-1 ring-line">
      <EmptyState
        icon={<KeyRound aria-hidden className="size-5" />}
        title={t('none')}
        action={action}
      >
        {t('noneText')}
      </EmptyState>
    </div>
  );
}
