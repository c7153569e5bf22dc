import type { Hub } from '../src/app.ts';
import { publishForm } from '../src/classroom/index.ts';
import { findClass } from '../src/school/index.ts';

const DAY_MS = 86_400_000;
const CLASS = '6A1';

/** A form for whoever looks at the phones: it can be answered there. A killed run's form is the same. */
export async function sendDemoForm(hub: Hub, schoolId: string, run: string): Promise<string> {
  const now = hub.clock.now();
  const { id: classId } = await findClass(hub.db.prisma, { schoolId, name: CLASS });
  const made = await publishForm(
    hub.db.prisma,
    hub.rules,
    {
      about: 'permission',
      title: 'Tham quan Khu di tích Pác Bó',
      body: 'Lớp đi bằng xe của nhà trường, khởi hành 6 giờ 30, về lúc 16 giờ. Gia đình không phải đóng tiền.',
      sender: 'Cô Nông Thị Hiền, giáo viên chủ nhiệm lớp 6A1',
      questions: [
        { type: 'yesNo', text: 'Gia đình có cho em đi không?' },
        { type: 'choice', text: 'Em lên xe ở đâu?', options: ['Cổng trường', 'Bến xe thành phố'] },
        { type: 'text', text: 'Em cần lưu ý gì về sức khoẻ?', optional: true },
      ],
      audience: { classIds: [classId] },
      deadlineAt: new Date(now.getTime() + 7 * DAY_MS),
    },
    { schoolId, createdBy: 'demo', idempotencyKey: `demo-${run}-form` },
    now,
  );
  await hub.accepted(made.published, made.draft);
  return `Phiếu hỏi gửi lớp ${CLASS}: xin trả lời trên điện thoại / A form for class ${CLASS}: answer it on the phones`;
}
