'use client';

import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { useMay } from '#app/session/me-context.tsx';
import type { ExportFilter } from '#generated/graphql/client/graphql.ts';
import { ExportDialog, type ShownList } from './export-dialog.tsx';

interface Props {
  title: string;
  list?: ShownList | null;
  filter: ExportFilter;
  className?: string;
}

/** Opens the dialog that exports; nothing for those who may not. */
export function ExportButton({ className, list = null, ...rest }: Props) {
  const t = useTranslations('network.export');
  const may = useMay();
  const [open, setOpen] = useState(false);
  if (!may('network.export')) return null;
  return (
    <>
      <Button
        className={className}
        icon={<Download aria-hidden className="size-4" />}
        onClick={() => setOpen(true)}
      >
        {t('button')}
      </Button>
      {open && <ExportDialog {...rest} list={list} onClose={() => setOpen(false)} />}
    </>
  );
}
