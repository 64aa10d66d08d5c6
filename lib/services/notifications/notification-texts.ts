import { errorText } from '../../errors/index.ts';
import type { NewsData, NewsKind } from './notification-news.ts';

export type NotificationLocale = 'en' | 'pt-BR' | 'es';

interface Text {
  readonly subject: string;
  readonly lines: readonly string[];
}

type Texts = { readonly [K in NewsKind]: (data: NewsData[K], locale: NotificationLocale) => Text };

/** Up to so many nights are named one by one. */
const NAMED = 14;

const en: Texts = {
  NIGHT_FAILED: ({ night, attempts, error }) => ({
    subject: `The backup of the night of ${night} failed`,
    lines: [
      `It was tried ${attempts} times, the last time without success: ${errorText(error).message}`,
      errorText(error).hint,
      'Earlier backups are whole. The next night is tried as usual.',
    ],
  }),
  NIGHT_MISSED: ({ nights }) => ({
    subject:
      nights.length === 1
        ? `No backup in the night of ${nights[0]}`
        : `${nights.length} nights without a backup`,
    lines: [`Rewind was not running: ${named(nights)}.`, 'Earlier backups are whole.'],
  }),
  NIGHT_OVERDUE: ({ night, state }) => ({
    subject: `The backup of the night of ${night} is overdue`,
    lines: [
      {
        NOT_BEGUN: 'It should be there by now, and has not begun.',
        WAITING: 'It should be there by now, and still waits for its turn.',
        RUNNING: 'It should be there by now, and is still being made.',
      }[state],
      'See that a worker runs, what it is busy with, and what its log says. Earlier backups are whole.',
    ],
  }),
  RECOVERED: ({ what, name }) => ({
    subject: what === 'NIGHT' ? 'Nightly backups work again' : 'Backups restore again',
    lines: [
      what === 'NIGHT'
        ? `The night of ${name} has its backup.`
        : `The backup “${name}” was restored to the side and checked: it is whole.`,
    ],
  }),
  DRILL_FAILED: ({ backup, error }) => ({
    subject: `A backup cannot be restored: ${backup.name}`,
    lines: [
      `The backup “${backup.name}” of ${backup.createdAt} was restored to the side to prove it, and that failed: ${errorText(error).message}`,
      errorText(error).hint,
      'Do not rely on it. Make a new backup now, and look at the disk.',
    ],
  }),
  DISK_NEARLY_FULL: ({ freeBytes, daysUntilFull }, locale) => ({
    subject: 'The disk of the backups is nearly full',
    lines: [
      ...(freeBytes === null ? [] : [`${gigabytes(freeBytes, locale)} GB are free.`]),
      ...(daysUntilFull === null
        ? []
        : [`At the pace so far it is full in about ${daysUntilFull} days.`]),
      'Free some space, keep fewer backups, or move DATA_DIR to a larger disk. Backups stop before the disk is full.',
    ],
  }),
  TEST: ({ by }) => ({
    subject: 'Test message',
    lines: [`${by} asked for it: messages from Rewind arrive here.`],
  }),
};

const pt: Texts = {
  NIGHT_FAILED: ({ night, attempts, error }) => ({
    subject: `O backup da noite de ${night} falhou`,
    lines: [
      `Foi tentado ${attempts} vezes, a última sem sucesso: ${errorText(error).message}`,
      errorText(error).hint,
      'Os backups anteriores estão íntegros. A próxima noite será tentada normalmente.',
    ],
  }),
  NIGHT_MISSED: ({ nights }) => ({
    subject:
      nights.length === 1
        ? `Sem backup na noite de ${nights[0]}`
        : `${nights.length} noites sem backup`,
    lines: [
      `O Rewind não estava em execução: ${named(nights)}.`,
      'Os backups anteriores estão íntegros.',
    ],
  }),
  NIGHT_OVERDUE: ({ night, state }) => ({
    subject: `O backup da noite de ${night} está atrasado`,
    lines: [
      {
        NOT_BEGUN: 'Já deveria existir e ainda não começou.',
        WAITING: 'Já deveria existir e ainda espera a sua vez.',
        RUNNING: 'Já deveria existir e ainda está sendo feito.',
      }[state],
      'Veja se há um worker em execução, com o que ele está ocupado e o que diz o seu log. Os backups anteriores estão íntegros.',
    ],
  }),
  RECOVERED: ({ what, name }) => ({
    subject:
      what === 'NIGHT'
        ? 'Os backups noturnos voltaram a funcionar'
        : 'Os backups voltaram a ser restauráveis',
    lines: [
      what === 'NIGHT'
        ? `A noite de ${name} tem o seu backup.`
        : `O backup “${name}” foi restaurado à parte e verificado: está íntegro.`,
    ],
  }),
  DRILL_FAILED: ({ backup, error }) => ({
    subject: `Um backup não pode ser restaurado: ${backup.name}`,
    lines: [
      `O backup “${backup.name}” de ${backup.createdAt} foi restaurado à parte para prová-lo, e isso falhou: ${errorText(error).message}`,
      errorText(error).hint,
      'Não confie nele. Faça um novo backup agora e verifique o disco.',
    ],
  }),
  DISK_NEARLY_FULL: ({ freeBytes, daysUntilFull }, locale) => ({
    subject: 'O disco dos backups está quase cheio',
    lines: [
      ...(freeBytes === null ? [] : [`${gigabytes(freeBytes, locale)} GB livres.`]),
      ...(daysUntilFull === null
        ? []
        : [`No ritmo atual ele estará cheio em cerca de ${daysUntilFull} dias.`]),
      'Libere espaço, guarde menos backups ou mova DATA_DIR para um disco maior. Os backups param antes de encher o disco.',
    ],
  }),
  TEST: ({ by }) => ({
    subject: 'Mensagem de teste',
    lines: [`Pedida por ${by}: as mensagens do Rewind chegam aqui.`],
  }),
};

const es: Texts = {
  NIGHT_FAILED: ({ night, attempts, error }) => ({
    subject: `La copia de la noche del ${night} falló`,
    lines: [
      `Se intentó ${attempts} veces, la última sin éxito: ${errorText(error).message}`,
      errorText(error).hint,
      'Las copias anteriores están íntegras. La próxima noche se intentará como siempre.',
    ],
  }),
  NIGHT_MISSED: ({ nights }) => ({
    subject:
      nights.length === 1
        ? `Sin copia en la noche del ${nights[0]}`
        : `${nights.length} noches sin copia`,
    lines: [
      `Rewind no estaba en marcha: ${named(nights)}.`,
      'Las copias anteriores están íntegras.',
    ],
  }),
  NIGHT_OVERDUE: ({ night, state }) => ({
    subject: `La copia de la noche del ${night} está atrasada`,
    lines: [
      {
        NOT_BEGUN: 'Ya debería existir y aún no ha comenzado.',
        WAITING: 'Ya debería existir y aún espera su turno.',
        RUNNING: 'Ya debería existir y aún se está haciendo.',
      }[state],
      'Compruebe que haya un worker en marcha, en qué está ocupado y qué dice su registro. Las copias anteriores están íntegras.',
    ],
  }),
  RECOVERED: ({ what, name }) => ({
    subject:
      what === 'NIGHT'
        ? 'Las copias nocturnas vuelven a funcionar'
        : 'Las copias vuelven a poder restaurarse',
    lines: [
      what === 'NIGHT'
        ? `La noche del ${name} tiene su copia.`
        : `La copia “${name}” se restauró aparte y se comprobó: está íntegra.`,
    ],
  }),
  DRILL_FAILED: ({ backup, error }) => ({
    subject: `Una copia no se puede restaurar: ${backup.name}`,
    lines: [
      `La copia “${backup.name}” de ${backup.createdAt} se restauró aparte para probarla, y eso falló: ${errorText(error).message}`,
      errorText(error).hint,
      'No confíe en ella. Haga una copia nueva ahora y revise el disco.',
    ],
  }),
  DISK_NEARLY_FULL: ({ freeBytes, daysUntilFull }, locale) => ({
    subject: 'El disco de las copias está casi lleno',
    lines: [
      ...(freeBytes === null ? [] : [`Quedan ${gigabytes(freeBytes, locale)} GB libres.`]),
      ...(daysUntilFull === null
        ? []
        : [`Al ritmo actual estará lleno en unos ${daysUntilFull} días.`]),
      'Libere espacio, guarde menos copias o mueva DATA_DIR a un disco mayor. Las copias se detienen antes de llenar el disco.',
    ],
  }),
  TEST: ({ by }) => ({
    subject: 'Mensaje de prueba',
    lines: [`Pedido por ${by}: los mensajes de Rewind llegan aquí.`],
  }),
};

const texts: Record<NotificationLocale, Texts> = { en, 'pt-BR': pt, es };

/** English where it is none that there are texts in. */
export function localeOf(name: string | null | undefined): NotificationLocale {
  return name === 'pt-BR' || name === 'es' ? name : 'en';
}

/**
 * Subject and text of a message, plain, in lines of prose. What the server says of a failure stays in English, as
 * in its log.
 */
export function notificationText<K extends NewsKind>(
  kind: K,
  data: NewsData[K],
  locale: NotificationLocale,
): Text {
  const { subject, lines } = texts[locale][kind](data, locale);
  return { subject: oneLine(subject), lines: lines.filter((line) => line !== '') };
}

/** A name of a backup stands in it: no line of it becomes a header. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function named(nights: readonly string[]): string {
  if (nights.length <= NAMED) return nights.join(', ');
  return `${nights[0]} … ${nights.at(-1)}`;
}

function gigabytes(bytes: string, locale: NotificationLocale): string {
  const format = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  return format.format(Number(bytes) / 1e9);
}
