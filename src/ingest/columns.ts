// What a column is, by its header. Everything is compared folded (school/fold.ts). Sources: facts/domain.md §2.1–§2.2.
import { fold } from '../school/index.ts';

export type ColumnMeaning =
  | 'ordinal'
  | 'code'
  | 'vendorCode'
  | 'fullName'
  | 'familyName'
  | 'givenName'
  | 'bornOn'
  | 'status'
  | 'className'
  | 'grade'
  | 'phone'
  | 'email'
  | 'fatherName'
  | 'fatherPhone'
  | 'fatherEmail'
  | 'motherName'
  | 'motherPhone'
  | 'motherEmail'
  | 'guardianName'
  | 'guardianPhone'
  | 'guardianEmail'
  | 'mark'
  | 'level'
  | 'billItem'
  | 'amount'
  | 'period'
  | 'dueOn'
  | 'note'
  | 'basis'
  | 'absence'
  | 'day';

/** Whole headers. */
const HEADERS: Record<string, ColumnMeaning> = {};
function name(meaning: ColumnMeaning, ...headers: string[]): void {
  for (const header of headers) HEADERS[header] = meaning;
}
name('ordinal', 'stt', 'tt', 'so tt', 'so thu tu');
name(
  'code',
  'ma dinh danh bo gddt',
  'ma dinh danh',
  'ma dinh danh bo',
  'ma dinh danh hoc sinh',
  'ma dinh danh hs',
);
name(
  'code',
  'ma dinh danh cua bo gddt',
  'ma hoc sinh bo gddt',
  'ma bo gddt',
  'ma moet',
  'ma so dinh danh bo gddt',
);
name('vendorCode', 'ma hoc sinh', 'ma hs', 'ma so hoc sinh');
name(
  'fullName',
  'ho ten',
  'ho va ten',
  'ten hoc sinh',
  'hoc sinh',
  'ho ten hoc sinh',
  'ho va ten hoc sinh',
  'ho ten hs',
);
name(
  'familyName',
  'ho va ten dem',
  'ho ten dem',
  'ho dem',
  'ho va dem',
  'ho lot',
  'ho va ten lot',
  'ho va chu dem',
);
name('givenName', 'ten');
name(
  'bornOn',
  'ngay sinh',
  'ngay thang nam sinh',
  'ngaythang nam sinh',
  'sinh ngay',
  'ngay sinh hs',
  'ngay sinh hoc sinh',
);
name('status', 'trang thai', 'tinh trang', 'trang thai hoc sinh', 'trang thai hoc tap', 'tinh trang hoc tap');
name('className', 'lop', 'lop hoc', 'ten lop', 'ten lop hoc');
name('grade', 'khoi', 'khoi hoc', 'khoi lop');
name('billItem', 'khoan thu', 'ten khoan thu', 'noi dung thu', 'khoan', 'ten khoan', 'noi dung khoan thu');
name(
  'amount',
  'so tien',
  'muc thu',
  'thanh tien',
  'so tien dong',
  'so tien vnd',
  'so tien phai nop',
  'phai nop',
);
name('amount', 'phai thu', 'so phai nop', 'so phai thu', 'so tien phai thu', 'so tien thu');
name('period', 'ky thu', 'ky', 'thang', 'dot thu', 'dot', 'thoi gian thu', 'ky nop', 'thang thu');
name(
  'dueOn',
  'han nop',
  'han',
  'han thu',
  'han cuoi',
  'thoi han',
  'thoi han nop',
  'ngay het han',
  'han chot',
);
name('dueOn', 'nop truoc ngay', 'ngay den han', 'han nop tien', 'han thanh toan');
name('note', 'ghi chu', 'ghi chu khac', 'luu y');
name('basis', 'can cu', 'can cu thu', 'can cu phap ly', 'co so phap ly', 'van ban', 'van ban quy dinh');
name('absence', 'hinh thuc', 'hinh thuc nghi', 'loai nghi');
name('day', 'ngay', 'ngay nghi');

/** Marks and levels: "ĐĐGtx", "ĐĐGtx 3", "Điểm thường xuyên", "ĐTBmhk1", "TBM", "Mức đạt được CK" … */
const MARK =
  /^(?:ddg\w*|dtb\w*|tbm\w*|tbcn|diem|tb hk|gk|ck|tx|kttx|ktgk|ktck|giua k[iy]|cuoi k[iy]|thuong xuyen)(?: |\d|$)/;
const LEVEL =
  /^(?:muc dat|danh gia|nhan xet|ma nhan xet|noi dung nhan xet|ket qua|hoc luc|xep loai|ren luyen|hanh kiem|danh hieu|len lop|(?:so (?:buoi|ngay) )?(?:nghi|vang)(?: hoc)? (?:co|khong) phep)/;

/** "Mã định danh (Bộ GD và ĐT)", never the personal identification number. */
const CODE = /^ma (?:so )?dinh danh\b(?!.*\b(?:ca nhan|cha|me|cong dan)\b)/;

const MOTHER = /\b(?:me)\b/;
const FATHER = /\b(?:cha|bo)\b/;
const CARER = /\b(?:giam ho|bao ho|phu huynh|ph)\b/;
const PHONE = /\b(?:sdt|so dt|dt|dtdd|so dien thoai|dien thoai|di dong|mobile|phone|tel)\b/;
const EMAIL = /\b(?:email|mail|thu dien tu)\b/;
const NAME = /\b(?:ho ten|ho va ten|ten|nguoi)\b/;
/** Columns about a parent that the hub has no use for, and must not take for a name or a phone. */
const UNNEEDED =
  /\b(?:nghe|nghe nghiep|nam sinh|ngay sinh|cccd|cmnd|can cuoc|dinh danh|dia chi|noi|dan toc|ton giao|don vi|co quan|quoc tich)\b/;

type Person = 'father' | 'mother' | 'guardian';
const OF_PERSON: Record<Person, Record<'Phone' | 'Email' | 'Name', ColumnMeaning>> = {
  father: { Phone: 'fatherPhone', Email: 'fatherEmail', Name: 'fatherName' },
  mother: { Phone: 'motherPhone', Email: 'motherEmail', Name: 'motherName' },
  guardian: { Phone: 'guardianPhone', Email: 'guardianEmail', Name: 'guardianName' },
};

function personOf(header: string): Person | null {
  const [father, mother] = [FATHER.test(header), MOTHER.test(header)];
  if (father && mother) return 'guardian';
  if (father) return 'father';
  if (mother) return 'mother';
  return CARER.test(header) ? 'guardian' : null;
}

function aboutPeople(header: string): ColumnMeaning | null {
  const what = PHONE.test(header)
    ? 'Phone'
    : EMAIL.test(header)
      ? 'Email'
      : NAME.test(header)
        ? 'Name'
        : null;
  const person = personOf(header);
  if (person !== null) {
    const bare = /^(?:cha|bo|me|cha me|bo me|phu huynh)$/.test(header);
    if (what === null) return bare ? OF_PERSON[person].Name : null;
    return OF_PERSON[person][what];
  }
  if (what === 'Phone') return 'phone';
  return what === 'Email' ? 'email' : null;
}

/** What a column with this header holds; null: nothing that the hub needs. */
export function meaningOf(header: string): ColumnMeaning | null {
  const key = fold(header);
  if (key === '') return null;
  const whole = HEADERS[key];
  if (whole !== undefined) return whole;
  if (CODE.test(key)) return 'code';
  if (LEVEL.test(key)) return 'level';
  if (MARK.test(key)) return 'mark';
  if (UNNEEDED.test(key)) return null;
  return aboutPeople(key);
}
