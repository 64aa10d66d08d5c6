'use client';

import { Ban } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge, type Tone } from '#app/components/ui/badge.tsx';
import { type Column, DataTable } from '#app/components/ui/data-table.tsx';
import { Day, Moment } from '#app/components/ui/dates.tsx';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import type { ApiKeyPartsFragment } from '#generated/graphql/client/graphql.ts';

type ApiKey = ApiKeyPartsFragment;

interface Props {
  keys: readonly ApiKey[];
  loading: boolean;
  onRevoke: (key: ApiKey) => void;
}

export function ApiKeyTable({ keys, loading, onRevoke }: Props) {
  const t = useTranslations('apiKeys');
  const columns: readonly Column<ApiKey>[] = [
    { key: 'name', header: t('name'), cell: (key) => <NameCell apiKey={key} /> },
    {
      key: 'actions',
      header: t('actions'),
      cell: (key) => <Actions apiKey={key} />,
      from: 'md',
    },
    {
      key: 'owner',
      header: t('owner'),
      cell: (key) => <Owner apiKey={key} />,
      from: 'xl',
      className: 'text-ink-2',
    },
    {
      key: 'expiresAt',
      header: t('expires'),
      cell: (key) => <Expires apiKey={key} />,
      from: 'lg',
      className: 'whitespace-nowrap text-ink-2',
    },
    {
      key: 'lastUsed',
      header: t('lastUsed'),
      cell: (key) => <LastUsed apiKey={key} />,
      from: 'sm',
      className: 'text-ink-2',
    },
  ];
  return (
    <DataTable
      label={t('title')}
      columns={columns}
      rows={keys}
      loading={loading}
      actions={(key) =>
        key.status !== 'REVOKED' && (
          <IconButton
            label={t('revokeNamed', { name: key.name })}
            tip={t('revoke')}
            icon={<Ban aria-hidden className="size-4" />}
            danger
            onClick={() => onRevoke(key)}
          />
        )
      }
    />
  );
}

const tones: Record<ApiKey['status'], Tone> = {
  ACTIVE: 'good',
  EXPIRED: 'neutral',
  REVOKED: 'neutral',
  OWNER_DISABLED: 'warn',
};

function NameCell({ apiKey }: { apiKey: ApiKey }) {
  const t = useTranslations('apiKeys');
  return (
    <div className="min-w-28 max-w-72">
      <div className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5">
        <span className="line-clamp-2 font-medium text-ink [overflow-wrap:anywhere]">
          {apiKey.name}
        </span>
        <Badge tone={tones[apiKey.status]}>{t(`statuses.${apiKey.status}`)}</Badge>
      </div>
      {apiKey.isLost ? (
        <p className="mt-0.5 text-pretty text-ink-3 text-xs">{t('lostText')}</p>
      ) : (
        <code className="mt-0.5 block font-mono text-ink-3 text-xs">{apiKey.hint}</code>
      )}
      <div className="mt-0.5 text-ink-3 text-xs sm:hidden">
        <LastUsed apiKey={apiKey} />
      </div>
    </div>
  );
}

/** The permissions of a key; those its owner has lost are struck through. */
function Actions({ apiKey }: { apiKey: ApiKey }) {
  const actionText = useTranslations('actions');
  type Key = Parameters<typeof actionText>[0];
  const text = (action: string) =>
    actionText.has(action as Key) ? actionText(action as Key) : action;
  return (
    <ul className="flex max-w-80 flex-wrap gap-1">
      {apiKey.actions.map((action) => (
        <li key={action}>
          <Badge>
            {apiKey.effectiveActions.includes(action) || apiKey.status !== 'ACTIVE' ? (
              text(action)
            ) : (
              <s>{text(action)}</s>
            )}
          </Badge>
        </li>
      ))}
    </ul>
  );
}

function Owner({ apiKey }: { apiKey: ApiKey }) {
  const name = useAuthorName()(apiKey.owner);
  return <span className="block max-w-36 truncate">{name}</span>;
}

function Expires({ apiKey }: { apiKey: ApiKey }) {
  const t = useTranslations('apiKeys');
  if (apiKey.isLost) return null;
  if (!apiKey.expiresAt) return <span className="text-ink-3">{t('never')}</span>;
  return <Day at={apiKey.expiresAt} />;
}

function LastUsed({ apiKey }: { apiKey: ApiKey }) {
  const t = useTranslations('apiKeys');
  if (apiKey.isLost) return <span className="text-ink-3">{t('lost')}</span>;
  if (!apiKey.lastUsedAt) return <span className="text-ink-3">{t('notUsed')}</span>;
  return (
    <div className="leading-tight">
      <div className="whitespace-nowrap">
        <Moment at={apiKey.lastUsedAt} />
      </div>
      {apiKey.lastUsedFrom && (
        <div className="text-ink-3 text-xs [overflow-wrap:anywhere]">
          {t('from', { address: apiKey.lastUsedFrom })}
        </div>
      )}
    </div>
  );
}
