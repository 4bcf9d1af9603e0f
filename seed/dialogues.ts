/** One line of a chat: who says it (whoever began, or the other one) and what. */
export type Line = readonly [speaker: 0 | 1, text: string]

/** Short chats between two friends, in the order in which they are said. */
export const dialogues: readonly (readonly Line[])[] = [
  [
    [0, '在吗？'],
    [1, '在的，怎么啦'],
    [0, '周末要不要一起去爬山？'],
    [1, '好啊！几点出发？'],
    [0, '早上七点，地铁站见 ⛰️'],
    [1, '收到，我带早饭'],
  ],
  [
    [0, 'Your last video was so good!'],
    [1, 'Thank you 😊 took me the whole weekend'],
    [0, 'Where was it?'],
    [1, 'The old harbour. Come along next time!'],
    [0, 'Deal 🤝'],
  ],
  [
    [0, '番茄炒蛋要不要放糖啊？'],
    [1, '放一点点，提鲜'],
    [0, '懂了，今晚就做'],
    [1, '做好了拍给我看'],
    [0, '做好了，就是有点糊……'],
    [1, '哈哈哈哈没事，下次火小一点'],
  ],
  [
    [0, '生日快乐！🎂'],
    [1, '哇谢谢你还记得！'],
    [0, '必须的，晚上出来吃饭？'],
    [1, '好呀，老地方'],
  ],
  [
    [0, 'Are you coming on Friday?'],
    [1, 'Yes, but a bit late. Around 8?'],
    [0, 'No problem, I’ll keep you a seat'],
    [1, 'You’re the best'],
  ],
  [
    [1, '你用的什么相机？'],
    [0, '就是手机拍的'],
    [1, '真的假的，这也太清楚了'],
    [0, '关键是光线，傍晚拍最好看'],
    [1, '学到了，谢谢老师 🙏'],
  ],
  [
    [0, '这首歌叫什么名字？'],
    [1, '发给你了，循环一整天了'],
    [0, '好听！'],
  ],
  [
    [1, 'Did you see the sunset today?'],
    [0, 'I was in a meeting 😭'],
    [1, 'I filmed it for you, look at my page'],
    [0, 'Wow. Thank you!'],
  ],
  [
    [0, '到家了吗？'],
    [1, '刚到，路上有点堵'],
    [0, '那就好，早点休息'],
    [1, '晚安 🌙'],
    [0, '晚安'],
  ],
  [
    [0, '帮我看看这个封面选哪个好'],
    [1, '第二张，表情更自然'],
    [0, '英雄所见略同，发了！'],
    [1, '已点赞 👍'],
  ],
  [
    [1, '猫今天又把杯子打碎了'],
    [0, '哈哈哈第几个了？'],
    [1, '第七个……'],
    [0, '换不锈钢的吧'],
  ],
  [
    [0, 'How is the guitar going?'],
    [1, 'My fingers hurt, but I can play one song now'],
    [0, 'Post it!'],
    [1, 'Give me one more week 😅'],
  ],
]
