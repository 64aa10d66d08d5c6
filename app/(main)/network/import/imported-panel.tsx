'use client';

import { Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useAskUndo } from '#app/components/change-sets/undo-change-set.tsx';
import { Badge } from '#app/components/ui/badge.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import type { ImportPartsFragment } from '#generated/graphql/client/graphql.ts';
import { ChooseFile } from './choose-file.tsx';
import { countOf } from './counts.ts';

interface Props {
  found: ImportPartsFragment;
  onOther: (id: string) => void;
}

/** What was imported, how it is undone, and the next file. */
export function ImportedPanel({ found, onOther }: Props) {
  const t = useTranslations('importPage');
  const ask = useAskUndo();
  const set = found.changeSet;
  return (
    <div className="grid grid-cols-1 gap-4">
      <Panel
        title={found.fileName}
        text={t('imported', { count: countOf(found, 'NEW', 'UPDATED') })}
        aside={
          <>
            {set?.status === 'UNDONE' && <Badge>{t('undone')}</Badge>}
            {set?.canUndo && (
              <Button icon={<Undo2 aria-hidden className="size-4" />} onClick={() => ask(set)}>
                {t('undo')}
              </Button>
            )}
          </>
        }
      />
      <ChooseFile onChosen={onOther} />
    </div>
  );
}
