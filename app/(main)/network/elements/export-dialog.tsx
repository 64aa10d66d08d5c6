'use client';

import {
  Braces,
  Filter,
  Globe,
  Layers,
  type LucideIcon,
  Network,
  Sheet,
  Table,
} from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { useState } from 'react';
import { ChoiceCards } from '#app/components/ui/choice-cards.tsx';
import { FormDialog } from '#app/components/ui/form-dialog.tsx';
import type { Problem } from '#app/data/problem.ts';
import { useSend } from '#app/data/use-send.ts';
import { saveFile } from '#app/transfers/save-file.ts';
import {
  type ExportFilter,
  type ExportFormat,
  ExportPlantDocument,
} from '#generated/graphql/client/graphql.ts';
import type { ElementKind } from './kit.ts';

/** The list that the page shows, as the API's filter has it. */
export interface ShownList {
  readonly kind: ElementKind;
  readonly narrowed: boolean;
  readonly filter: ExportFilter;
}

interface Props {
  onClose: () => void;
  title: string;
  /** What else than `filter` may be wanted; null: nothing. */
  list: ShownList | null;
  filter: ExportFilter;
}

const formats: readonly { value: ExportFormat; icon: LucideIcon }[] = [
  { value: 'XLSX', icon: Sheet },
  { value: 'KMZ', icon: Globe },
  { value: 'CSV', icon: Table },
  { value: 'GEOPACKAGE', icon: Layers },
  { value: 'GEOJSON', icon: Braces },
];

/** Asks for a format, and has the browser download the file. */
export function ExportDialog({ onClose, title, list, filter }: Props) {
  const t = useTranslations('network.export');
  const [format, setFormat] = useState<ExportFormat>('XLSX');
  const [scope, setScope] = useState<'list' | 'all'>(list ? 'list' : 'all');
  const { download, sending, problem } = useExport(onClose);
  const listTexts = list?.narrowed ? 'narrowed' : 'list';
  return (
    <FormDialog
      title={title}
      onClose={onClose}
      onSubmit={() => download(format, scope === 'list' && list ? list.filter : filter)}
      submitLabel={t('submit')}
      sending={sending}
      problem={problem}
      fields={[]}
      keepsNothing
    >
      {list && (
        <Part label={t('what')}>
          <ChoiceCards
            label={t('what')}
            columns={2}
            value={scope}
            onChange={setScope}
            choices={[
              {
                value: 'list',
                icon: Filter,
                name: t(`${listTexts}.name`),
                text: t(`${listTexts}.text`, { kind: list.kind }),
              },
              { value: 'all', icon: Network, name: t('all.name'), text: t('all.text') },
            ]}
          />
        </Part>
      )}
      <Part label={t('format')}>
        <ChoiceCards
          label={t('format')}
          columns={2}
          value={format}
          onChange={setFormat}
          choices={formats.map(({ value, icon }) => ({
            value,
            icon,
            name: t(`formats.${value}.name`),
            text: t(`formats.${value}.text`),
          }))}
        />
      </Part>
    </FormDialog>
  );
}

function Part({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <div aria-hidden className="mb-1.5 font-medium text-[13px] text-ink">
        {label}
      </div>
      {children}
    </div>
  );
}

function useExport(onBegun: () => void) {
  const language = useLocale();
  const { send, sending, problem } = useSend(ExportPlantDocument);
  const [refused, setRefused] = useState<Problem | null>(null);
  const download = async (format: ExportFormat, filter: ExportFilter) => {
    setRefused(null);
    const answer = await send({ format, filter, language });
    if (!answer) return;
    const { url, fileName } = answer.exportPlant.export;
    const refusal = await saveFile(url, fileName);
    if (refusal) setRefused(refusal);
    else onBegun();
  };
  return { download, sending, problem: problem ?? refused };
}
