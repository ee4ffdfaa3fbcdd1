-- CreateTable
CREATE TABLE `Session` (
    `key` VARCHAR(128) NOT NULL,
    `idHash` VARCHAR(128) NOT NULL,
    `previousIdHash` VARCHAR(128) NULL,
    `successor` TEXT NULL,
    `presentedAt` DATETIME(3) NULL,
    `userId` VARCHAR(255) NULL,
    `data` LONGTEXT NULL,
    `version` INTEGER NOT NULL,
    `commitIds` TEXT NOT NULL,
    `cookieSealedAt` DATETIME(3) NULL,
    `createdAt` DATETIME(3) NOT NULL,
    `rotatedAt` DATETIME(3) NOT NULL,
    `seenAt` DATETIME(3) NOT NULL,
    `idleExpiresAt` DATETIME(3) NOT NULL,
    `expiresAt` DATETIME(3) NOT NULL,
    `userAgent` VARCHAR(512) NULL,
    `address` VARCHAR(64) NULL,

    UNIQUE INDEX `Session_idHash_key`(`idHash`),
    INDEX `Session_userId_idx`(`userId`),
    INDEX `Session_createdAt_idx`(`createdAt`),
    INDEX `Session_expiresAt_idx`(`expiresAt`),
    PRIMARY KEY (`key`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
