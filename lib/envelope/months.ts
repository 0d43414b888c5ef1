/**
 * Month names as syslog, journald and dmesg print them in the locales that logs were seen in. Used by every
 * header that spells its month. A daemon started under `LC_TIME=de_DE` writes `Dez 06`, and nothing in the
 * line says which language it is.
 */

/** January to December; each entry lists abbreviations and full names, lower case, without a final dot. */
const NAMES: readonly string[] = [
  'jan january jän jänner januar janv janvier ene enero gen gennaio janeiro januari sty stycznia styczeń янв января январь',
  'feb february februar fév févr février fev febrero febbraio fevereiro februari lut lutego luty фев февр февраля февраль',
  'mar march mär mrz märz mars marzo março mrt maart marca marzec мар мрт марта март',
  'apr april avr avril abr abril aprile kwi kwietnia kwiecień апр апреля апрель',
  'may mai mayo mag maggio maio mei maj maja май мая',
  'jun june juni juin junio giu giugno junho cze czerwca czerwiec июн июня июнь',
  'jul july juli juil juillet julio lug luglio julho lip lipca lipiec июл июля июль',
  'aug august août aoû ago agosto augustus augusti sie sierpnia sierpień авг августа август',
  'sep sept september septembre septiembre set settembre setembro wrz września wrzesień сен сент сентября сентябрь',
  'oct october okt oktober octobre octubre ott ottobre out outubro paź października październik окт октября октябрь',
  'nov november novembre noviembre novembro lis listopada listopad ноя нояб ноября ноябрь',
  'dec december dez dezember déc décembre dic diciembre dicembre dezembro gru grudnia grudzień дек декабря декабрь',
];

const BY_NAME: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((names, index) => names.split(' ').map((name) => [name, index + 1] as const)),
);

/** Longest name in the table with its dot: a longer word is not a month and is not looked up. */
const LONGEST = 13;

/** 1 to 12 for a month's name or `8月` / `8월`, null for any other word. */
export function monthNumber(word: string): number | null {
  if (word.length < 2 || word.length > LONGEST) return null;
  const last = word.charCodeAt(word.length - 1);
  // 月 (Chinese, Japanese) and 월 (Korean): a number with a counter behind it.
  if (last === 0x6708 || last === 0xc6d4) {
    const digits = word.slice(0, -1);
    if (!/^\d{1,2}$/.test(digits)) return null;
    const month = Number(digits);
    return month >= 1 && month <= 12 ? month : null;
  }
  const bare = last === 0x2e ? word.slice(0, -1) : word;
  return BY_NAME.get(bare.normalize('NFC').toLowerCase()) ?? null;
}
