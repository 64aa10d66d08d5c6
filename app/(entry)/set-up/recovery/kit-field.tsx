'use client';

import { FileText } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef, useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { TextAreaField } from '#app/components/ui/text-fields.tsx';
import type { Problem } from '#app/data/problem.ts';

interface Props {
  value: string;
  onChange: (kit: string) => void;
  problem: Problem | null;
}

const MOST_BYTES = 64 * 1024;

/** The recovery kit, pasted, typed or read from its file. */
export function KitField({ value, onChange, problem }: Props) {
  const t = useTranslations('recovery');
  const input = useRef<HTMLInputElement>(null);
  const [tooLarge, setTooLarge] = useState<string | null>(null);
  const open = async (file: File) => {
    const isTooLarge = file.size > MOST_BYTES;
    setTooLarge(isTooLarge ? file.name : null);
    if (!isTooLarge) onChange(await file.text());
  };
  return (
    <div className="grid gap-2">
      <TextAreaField
        label={t('kitLabel')}
        hint={t('kitHint')}
        rows={4}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={problem ? true : undefined}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="characters"
        required
      />
      <div className="flex flex-wrap items-center gap-3">
        <Button
          size="small"
          icon={<FileText aria-hidden className="size-3.5" />}
          onClick={() => input.current?.click()}
        >
          {t('kitFile')}
        </Button>
        <input
          ref={input}
          type="file"
          accept=".txt,text/plain"
          aria-label={t('kitFile')}
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => {
            const file = event.target.files?.[0];
            event.target.value = '';
            if (file) void open(file);
          }}
        />
        {tooLarge !== null && (
          <p role="alert" className="text-[13px] text-danger">
            {t('kitTooLarge', { name: tooLarge })}
          </p>
        )}
      </div>
      <ProblemNote problem={problem} />
    </div>
  );
}
